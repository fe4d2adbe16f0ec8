Feature: Journeys of a member
  What members do again and again. These are not run by themselves; other
  scenarios run them by name.

  @journey
  Scenario: Sign in
    Given the member registers with POST "/members" with JSON:
      """
      {
        "email": "{{ user.email }}",
        "password": "{{ user.password }}",
        "fullName": "{{ user.full_name }}",
        "memberId": "{{ user.member_id }}",
        "birthDate": "{{ user.birth_date }}",
        "phone": "{{ user.phone }}",
        "address": "{{ user.address }}",
        "insuranceNumber": "{{ user.insurance_number }}"
      }
      """
    And the member signs in with POST "/session" with JSON:
      """
      {"email": "{{ user.email }}", "password": "{{ user.password }}"}
      """

  @journey
  Scenario: Look at the profile
    Given the member runs the journey "Sign in"
    When the member sends GET "/me"
    Then the response status is 200
    And the response identifies the member by JSON "$.memberId" as member_id
    And the response shows the member's own email
    When the member sends GET "/me/card"
    Then the response status is 200
    And the response shows the member's own full_name

  @journey
  Scenario: Look for a provider
    Given the member runs the journey "Sign in"
    When the member sends GET "/providers?specialty=dermatology"
    Then the response status is 200
    When the member sends GET "/slots?limit=5"
    Then the response status is 200
    And JSON at "$[0].slotId" exists
    When the member sends GET "/providers/P-001/availability"
    Then the response status is 200

  @journey
  Scenario: Book and cancel
    Given the member runs the journey "Sign in"
    When the member sends GET "/slots?limit=1"
    Then the response status is 200
    When the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up {{ user.canary }}"}
      """
    Then the response status is 201
    And the response identifies the member by JSON "$.memberId" as member_id
    When the member keeps JSON "$.appointmentId" as "appointment"
    And the member sends GET "/appointments/{{ user.kept.appointment }}"
    Then the response status is 200
    And JSON at "$.slotId" is "{{ user.kept.slot }}"
    When the member sends GET "/appointments/{{ user.kept.appointment }}/confirmation"
    Then the response status is 200
    And the response shows the member's own full_name
    When the member sends GET "/appointments"
    Then the response status is 200
    And the body contains "{{ user.kept.appointment }}"
    When the member sends DELETE "/appointments/{{ user.kept.appointment }}"
    Then the response status is 204

  @journey
  Scenario: Book
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is 201
    And the member keeps JSON "$.appointmentId" as "appointment"
